package kafkanative.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Iterator;

/** Writes JSON without Jackson's object mapper, which would look classes up by reflection. */
public final class JsonDocument {
    private JsonDocument() {
    }

    /**
     * Writes one document over several lines.
     *
     * @param document of objects, arrays, texts, booleans and numbers
     * @param out where
     */
    public static void print(ObjectNode document, PrintStream out) {
        try {
            JsonGenerator generator = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
            write(document, generator);
            generator.flush();
            out.println();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(JsonNode node, JsonGenerator generator) throws IOException {
        if (node.isObject()) {
            writeObject(node, generator);
        } else if (node.isArray()) {
            generator.writeStartArray();
            for (JsonNode element : node) {
                write(element, generator);
            }
            generator.writeEndArray();
        } else if (node.isBoolean()) {
            generator.writeBoolean(node.booleanValue());
        } else if (node.isNumber()) {
            generator.writeNumber(node.doubleValue());
        } else {
            generator.writeString(node.asText());
        }
    }

    private static void writeObject(JsonNode node, JsonGenerator generator) throws IOException {
        generator.writeStartObject();
        for (Iterator<String> names = node.fieldNames(); names.hasNext();) {
            String name = names.next();
            generator.writeFieldName(name);
            write(node.get(name), generator);
        }
        generator.writeEndObject();
    }
}
