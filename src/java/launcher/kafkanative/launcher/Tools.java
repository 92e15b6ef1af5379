package kafkanative.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The table of Kafka's own tools, {@code tools.tsv}, which the Python package reads as well. */
final class Tools {
    private static final String TABLE = "tools.tsv";

    private Tools() {
    }

    static List<Tool> all() {
        try (InputStream stream = Tools.class.getResourceAsStream(TABLE);
            BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return lines.lines().filter(line -> !line.startsWith("#")).map(Tools::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + TABLE, e);
        }
    }

    private static Tool parse(String line) {
        String[] cells = line.split("\t");
        return new Tool(cells[0], cells[1], List.of(cells[2].split(",")), cells[4]);
    }
}
