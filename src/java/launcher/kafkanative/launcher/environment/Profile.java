package kafkanative.launcher.environment;

import java.util.List;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.NearestName;

/** The sets of defaults that NATIVE_KAFKA_PROFILE chooses from. */
final class Profile {
    static final String DEVELOPMENT = "development";
    static final String KAFKA = "kafka";
    static final String VARIABLE = "NATIVE_KAFKA_PROFILE";

    private Profile() {
    }

    static String of(Variables variables) {
        return choose(variables, VARIABLE, List.of(DEVELOPMENT, KAFKA));
    }

    /** The value of a variable that has one of a few values; the first of them when it is not set. */
    static String choose(Variables variables, String variable, List<String> values) {
        String value = variables.get(variable).orElse(values.get(0));
        if (!values.contains(value)) {
            throw LauncherException.settings("reading the variable " + variable + ": '" + value + "' is none of "
                + String.join(", ", values)).hint("set it to " + NearestName.among(values, value).orElse(values.get(0))
                + ", or leave it out");
        }
        return value;
    }
}
