package kafkanative.recorder;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Something that reachability metadata says of one entry.
 *
 * @param section such as "reflection"
 * @param entry what identifies the entry, as members of a JSON object
 * @param attribute a flag such as "serializable", a list such as "methods", or empty when the entry is all
 * @param member what the list has, as JSON; empty for a flag
 */
record Fact(String section, String entry, String attribute, String member) {
    static final String REFLECTION = "reflection";
    static final String RESOURCES = "resources";
    static final String LIBRARIES = "libraries";

    static Fact type(String type) {
        return new Fact(REFLECTION, "\"type\": " + type, "", "");
    }

    static Fact flag(String type, String flag) {
        return new Fact(REFLECTION, "\"type\": " + type, flag, "");
    }

    static Fact field(String type, String name) {
        return new Fact(REFLECTION, "\"type\": " + type, "fields", "{\"name\": " + quoted(name) + "}");
    }

    static Fact method(String type, String name, List<Class<?>> parameters) {
        String types = parameters.stream().map(each -> quoted(each == null ? "null" : each.getTypeName()))
            .collect(Collectors.joining(", ", "[", "]"));
        return new Fact(REFLECTION, "\"type\": " + type, "methods",
            "{\"name\": " + quoted(name) + ", \"parameterTypes\": " + types + "}");
    }

    static Fact resource(String module, String name) {
        String prefix = module == null ? "" : "\"module\": " + quoted(module) + ", ";
        return new Fact(RESOURCES, prefix + "\"glob\": " + quoted(name.replace("*", "\\*")), "", "");
    }

    static Fact bundle(String name) {
        return new Fact(RESOURCES, "\"bundle\": " + quoted(name), "", "");
    }

    static Fact library(String name) {
        return new Fact(LIBRARIES, "\"name\": " + quoted(name), "", "");
    }

    /** Returns a JSON string. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(each -> {
            if (each == '"' || each == '\\') {
                json.append('\\').append((char) each);
            } else if (each < ' ') {
                json.append(String.format("\\u%04x", each));
            } else {
                json.append((char) each);
            }
        });
        return json.append('"').toString();
    }
}
