package kafkanative.substitutions;

import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The tags {@code request} and {@code error}, in this order: what names an error meter. */
final class ErrorTags extends AbstractMap<String, String> {
    private final String request;
    private final String error;

    ErrorTags(String request, String error) {
        this.request = request;
        this.error = error;
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        Map<String, String> ordered = new LinkedHashMap<>();
        ordered.put("request", request);
        ordered.put("error", error);
        return ordered.entrySet();
    }
}
