package kafkanative.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/** Writes JSON without Jackson's object mapper, which would look classes up by reflection. */
public final class JsonDocument {
    private JsonDocument() {
    }

    /**
     * Writes one document over several lines.
     *
     * @param document what to write
     * @param out where
     */
    public static void print(ObjectNode document, PrintStream out) {
        try {
            JsonGenerator generator = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
            document.serialize(generator, null);
            generator.flush();
            out.println();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
