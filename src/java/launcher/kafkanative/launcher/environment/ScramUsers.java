package kafkanative.launcher.environment;

import java.util.ArrayList;
import java.util.List;
import kafkanative.launcher.LauncherException;

/**
 * Users that new storage begins with, as NAME:PASSWORD, or as the arguments of {@code kafka-storage --add-scram}.
 *
 * <p>In a variable they stand between commas; in a file each has a line of its own, so that its password may hold any
 * character. Each user gets credentials for both of Kafka's mechanisms.
 */
final class ScramUsers {
    private static final String VARIABLE = "NATIVE_KAFKA_SCRAM_USERS";
    private static final String FILE_VARIABLE = "NATIVE_KAFKA_SCRAM_USERS_FILENAME";
    private static final List<String> MECHANISMS = List.of("SCRAM-SHA-256", "SCRAM-SHA-512");

    private ScramUsers() {
    }

    static List<String> of(Variables variables, SecretFiles secrets) {
        List<String> arguments = new ArrayList<>();
        variables.get(VARIABLE).ifPresent(text -> List.of(text.split(text.startsWith("SCRAM-") ? "\\s+|;" : ","))
            .forEach(user -> add(arguments, VARIABLE, user)));
        variables.get(FILE_VARIABLE).ifPresent(name -> secrets.text(FILE_VARIABLE, name).lines()
            .forEach(user -> add(arguments, FILE_VARIABLE, user)));
        return arguments;
    }

    private static void add(List<String> arguments, String variable, String user) {
        if (user.isBlank() || user.startsWith("#")) {
            return;
        }
        if (user.startsWith("SCRAM-")) {
            arguments.add(user.strip());
            return;
        }
        int colon = user.indexOf(':');
        if (colon < 1 || colon == user.length() - 1 || user.contains("\"")) {
            throw LauncherException.settings("reading the variable " + variable
                + ": a user is not of the form NAME:PASSWORD, or has a '\"' in it")
                .hint("for example " + VARIABLE + "=alice:alice-secret,bob:bob-secret");
        }
        String name = user.substring(0, colon).strip();
        MECHANISMS.forEach(mechanism -> arguments.add(
            mechanism + "=[name=\"" + name + "\",password=\"" + user.substring(colon + 1) + "\"]"));
    }
}
