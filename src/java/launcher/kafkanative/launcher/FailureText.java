package kafkanative.launcher;

import java.util.Set;

/** One line that tells an exception: what failed, and the root cause when that says more. */
final class FailureText {
    private static final Set<String> SPEAK_FOR_THEMSELVES = Set.of("ConfigException", "KafkaException",
        "RuntimeException", "FormatterException", "IllegalStateException", "IllegalArgumentException");

    private FailureText() {
    }

    static String of(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String first = describe(thrown);
        String last = describe(root);
        if (thrown.getMessage() == null) {
            return last;
        }
        return first.contains(last) ? first : first + " (cause: " + last + ")";
    }

    /** Many exceptions carry only a path or a class name as their message, so the type is told with it. */
    private static String describe(Throwable thrown) {
        String type = thrown.getClass().getSimpleName();
        if (thrown.getMessage() == null || thrown.getMessage().isBlank()) {
            return type + place(thrown);
        }
        return SPEAK_FOR_THEMSELVES.contains(type) ? thrown.getMessage() : type + ": " + thrown.getMessage();
    }

    /** Where it was thrown, which is all that is known of an exception without a message. */
    private static String place(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return trace.length == 0 ? "" : " at " + trace[0];
    }
}
