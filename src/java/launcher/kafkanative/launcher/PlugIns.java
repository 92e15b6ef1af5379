package kafkanative.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The plug-ins that were put beside Kafka's own jars, from a file that is written when they are built in.
 *
 * @param lines type, class and jar, separated by tabs
 */
record PlugIns(List<String> lines) {
    private static final String RESOURCE = "/kafkanative/plug-ins.txt";

    static PlugIns load() {
        try (InputStream stream = PlugIns.class.getResourceAsStream(RESOURCE)) {
            String text = stream == null ? "" : new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return new PlugIns(text.lines().toList());
        } catch (IOException e) {
            throw LauncherException.broker("reading the list of plug-ins: " + e.getMessage());
        }
    }

    String describe() {
        if (lines.isEmpty()) {
            return String.format("plug-ins: none%n");
        }
        StringBuilder text = new StringBuilder(String.format("plug-ins:%n"));
        for (String line : lines) {
            String[] words = line.split("\t");
            text.append(String.format("  %s (%s, %s)%n", words[1], words[0], words[2]));
        }
        return text.toString();
    }
}
