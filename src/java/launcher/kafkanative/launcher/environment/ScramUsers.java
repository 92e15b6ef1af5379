package kafkanative.launcher.environment;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import kafkanative.launcher.LauncherException;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;

/**
 * Users that new storage begins with, as NAME:PASSWORD, or as the arguments of {@code kafka-storage --add-scram}.
 *
 * <p>In a variable they stand between commas; in a file each has a line of its own, so that its password may hold any
 * character. Each user gets credentials for both of Kafka's mechanisms. Passwords are salted here, since Kafka's parser of
 * such arguments takes a comma in a password for its end.
 */
final class ScramUsers {
    private static final String VARIABLE = "NATIVE_KAFKA_SCRAM_USERS";
    private static final String FILE_VARIABLE = "NATIVE_KAFKA_SCRAM_USERS_FILENAME";
    private static final int ITERATIONS = 4096;

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
        String name = user.substring(0, Math.max(0, colon)).strip();
        if (name.isEmpty() || colon == user.length() - 1 || name.matches(".*[\",\\[\\]=].*")) {
            throw LauncherException.settings("reading the variable " + variable
                + ": a user is not of the form NAME:PASSWORD")
                .hint("for example " + VARIABLE + "=alice:alice-secret,bob:bob-secret");
        }
        for (ScramMechanism mechanism : ScramMechanism.values()) {
            arguments.add(credential(mechanism, name, user.substring(colon + 1)));
        }
    }

    private static String credential(ScramMechanism mechanism, String name, String password) {
        try {
            ScramFormatter formatter = new ScramFormatter(mechanism);
            byte[] salt = formatter.secureRandomBytes();
            byte[] salted = formatter.saltedPassword(password, salt, ITERATIONS);
            return mechanism.mechanismName() + "=[name=\"" + name + "\",iterations=" + ITERATIONS + ",salt=\""
                + Base64.getEncoder().encodeToString(salt) + "\",saltedpassword=\""
                + Base64.getEncoder().encodeToString(salted) + "\"]";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("salting a password with " + mechanism.mechanismName(), e);
        }
    }
}
