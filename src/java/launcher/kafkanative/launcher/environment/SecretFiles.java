package kafkanative.launcher.environment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kafkanative.launcher.LauncherException;

/**
 * Key stores, trust stores and passwords that lie in the secrets folder, as upstream's {@code configure} script takes
 * them; beyond it, PEM files, key stores without a password of the key's own, and any property from a file.
 */
final class SecretFiles {
    static final String KEYSTORE = "KAFKA_SSL_KEYSTORE_FILENAME";
    static final String KEYSTORE_CREDENTIALS = "KAFKA_SSL_KEYSTORE_CREDENTIALS";
    static final String KEY_CREDENTIALS = "KAFKA_SSL_KEY_CREDENTIALS";
    static final String TRUSTSTORE = "KAFKA_SSL_TRUSTSTORE_FILENAME";
    static final String TRUSTSTORE_CREDENTIALS = "KAFKA_SSL_TRUSTSTORE_CREDENTIALS";
    private static final String ADVERTISED = "KAFKA_ADVERTISED_LISTENERS";
    private static final String LISTENERS = "KAFKA_LISTENERS";
    private static final Pattern SSL_LISTENER = Pattern.compile("(^|,)\\s*(SASL_)?SSL://");
    private static final Pattern SASL_LISTENER = Pattern.compile("(^|,)\\s*SASL_(PLAINTEXT|SSL)://");
    private static final String FILE_PREFIX = "NATIVE_KAFKA_FILE_";
    private static final List<String> PEM_ENDS = List.of(".pem", ".crt", ".cert", ".key");

    private final Variables variables;
    private final Path folder;
    private final SettingTable table;
    private final List<String> warnings;

    SecretFiles(Variables variables, Path folder, SettingTable table, List<String> warnings) {
        this.variables = variables;
        this.folder = folder;
        this.table = table;
        this.warnings = warnings;
    }

    void apply() {
        propertiesFromFiles();
        store("ssl.keystore", KEYSTORE, KEYSTORE_CREDENTIALS);
        password("ssl.key.password", KEY_CREDENTIALS);
        store("ssl.truststore", TRUSTSTORE, TRUSTSTORE_CREDENTIALS);
        requireKeyStore();
        requireTrustStore();
        requireJaas();
    }

    /** The text of a file in the secrets folder, without the line ends behind it, as a shell's $(cat FILE) gives it. */
    String text(String variable, String fileName) {
        Path file = existing(variable, fileName);
        try {
            return Files.readString(file).replaceAll("[\\r\\n]+$", "");
        } catch (IOException e) {
            throw LauncherException.settings("reading " + file + ", which the variable " + variable
                + " names: this user may not read it, or it is no text").hint("chmod it for the user of the process");
        }
    }

    private void propertiesFromFiles() {
        variables.all().forEach((variable, fileName) -> {
            if (variable.startsWith(FILE_PREFIX)) {
                String property = PropertyVariables.toProperty("KAFKA_" + variable.substring(FILE_PREFIX.length()));
                table.set(property, text(variable, fileName), source(variable, fileName));
            }
        });
    }

    private void store(String prefix, String fileVariable, String passwordVariable) {
        Optional<String> fileName = variables.get(fileVariable);
        if (fileName.isEmpty()) {
            return;
        }
        String file = existing(fileVariable, fileName.get()).toString();
        table.set(prefix + ".location", file, source(fileVariable, fileName.get()));
        String type = prefix + ".type";
        if (PEM_ENDS.stream().anyMatch(file.toLowerCase(Locale.ROOT)::endsWith)) {
            table.setUnlessGiven(type, "PEM", "derived from " + fileVariable);
        }
        if (table.get(type).filter("PEM"::equalsIgnoreCase).isPresent()) {
            withoutPassword(passwordVariable);
        } else {
            password(prefix + ".password", passwordVariable);
            requirePassword(prefix, fileVariable, passwordVariable);
        }
    }

    private void withoutPassword(String passwordVariable) {
        if (variables.isGiven(passwordVariable)) {
            warnings.add("the variable " + passwordVariable + " is ignored: a PEM file has no password of its own");
        }
    }

    private void requirePassword(String prefix, String fileVariable, String passwordVariable) {
        if (!table.has(prefix + ".password")) {
            throw LauncherException.settings("reading the secrets: " + fileVariable + " is given, but not "
                + passwordVariable).hint("name the file in " + folder + " that holds the password, or use a PEM file");
        }
    }

    private void password(String property, String variable) {
        variables.get(variable).ifPresent(fileName ->
            table.set(property, text(variable, fileName), source(variable, fileName)));
    }

    private void requireKeyStore() {
        boolean hasKey = table.all().stream().anyMatch(setting -> setting.name().contains("ssl.keystore."));
        Optional<String> variable = announcing("SSL://", SSL_LISTENER);
        if (variable.isPresent() && !hasKey) {
            throw LauncherException.settings("reading the secrets: " + variable.get() + " has an SSL listener, but "
                + KEYSTORE + " is not given").hint("put the key store into " + folder + " and name it there");
        }
    }

    private void requireTrustStore() {
        String clientAuth = table.get("ssl.client.auth").orElse("");
        boolean wanted = clientAuth.contains("required") || clientAuth.contains("requested");
        boolean hasTrust = table.all().stream().anyMatch(setting -> setting.name().contains("ssl.truststore."));
        if (announcing("SSL://", SSL_LISTENER).isPresent() && wanted && !hasTrust) {
            throw LauncherException.settings("reading the secrets: ssl.client.auth is " + clientAuth + ", but "
                + TRUSTSTORE + " is not given").hint("put the trust store into " + folder + " and name it there");
        }
    }

    private void requireJaas() {
        boolean hasJaas = table.all().stream().anyMatch(setting -> setting.name().endsWith("sasl.jaas.config"))
            || variables.get("KAFKA_OPTS").filter(text -> text.contains("java.security.auth.login.config")).isPresent()
            || System.getProperty("java.security.auth.login.config") != null;
        Optional<String> variable = announcing("SASL_", SASL_LISTENER);
        if (variable.isPresent() && !hasJaas) {
            throw LauncherException.settings("reading the secrets: " + variable.get() + " has a SASL listener, but "
                + "there is no JAAS configuration")
                .hint("KAFKA_OPTS=-Djava.security.auth.login.config=" + folder + "/kafka_server_jaas.conf");
        }
    }

    /**
     * The variable that says so. A mounted file is taken for complete, as upstream has it. Upstream looks into the
     * advertised listeners only; without these, Kafka would fail once the storage is formatted.
     */
    private Optional<String> announcing(String advertised, Pattern listed) {
        return Stream.of(ADVERTISED, LISTENERS).filter(variable -> variables.get(variable)
            .filter(text -> variable.equals(ADVERTISED) ? text.contains(advertised) : listed.matcher(text).find())
            .isPresent()).findFirst();
    }

    private Path existing(String variable, String fileName) {
        Path file = folder.resolve(fileName.strip());
        if (!Files.isRegularFile(file)) {
            throw LauncherException.settings("reading the secrets: the variable " + variable + " names " + file
                + ", and there is no such file").hint("mount the folder that holds it at " + folder
                + ", or name another one in " + Folders.SECRETS);
        }
        return file;
    }

    private String source(String variable, String fileName) {
        return "file " + folder.resolve(fileName.strip()) + " (variable " + variable + ")";
    }
}
