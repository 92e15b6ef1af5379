package kafkanative.launcher;

import java.util.regex.Pattern;

/** Tells what to do when a property names a class that is not there: most often a plug-in that was not built in. */
final class MissingClass {
    /** What Kafka's ConfigDef says of it, and what the class loader throws. */
    private static final Pattern SIGN = Pattern.compile(
        "\\b[Cc]lass \\S+ (could not be|cannot be|not) found|ClassNotFoundException");

    private MissingClass() {
    }

    static LauncherException advise(LauncherException failure) {
        boolean isMissing = failure.problems().stream().anyMatch(problem -> SIGN.matcher(problem).find());
        return isMissing
            ? failure.hint("check its name; a plug-in's jar is added with --jar to 'kafka-native up' or 'build'")
            : failure;
    }
}
