package kafkanative.launcher.environment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.Output;

/**
 * All that environment variables and mounted files say about a node.
 *
 * <p>Later layers win: defaults, the mounted server.properties, files in the secrets folder, variables. With
 * {@code NATIVE_KAFKA_ENVIRONMENT=replace} it is upstream's rule instead: as soon as there is a mounted file or a
 * variable, there are no defaults.
 *
 * @param settings the properties, and where each came from
 * @param folders where files are looked for
 * @param options system properties and heap sizes
 * @param levels of loggers
 * @param log4j the mounted log configuration
 * @param clusterId that the storage gets when it is new, and must have when it is not
 * @param metadataVersion that new storage gets
 * @param features levels for new storage, each NAME=LEVEL
 * @param scram arguments as of {@code kafka-storage --add-scram} for new storage
 * @param topics to be there before the node says that it is ready, each NAME[:PARTITIONS[:REPLICATION]]
 * @param warnings what looks wrong
 */
public record NodeEnvironment(SettingTable settings, Folders folders, JavaOptions options, LogLevels levels,
    Optional<Path> log4j, Optional<String> clusterId, Optional<String> metadataVersion, List<String> features,
    List<String> scram, List<String> topics, List<String> warnings) {

    private static final String MODE = "NATIVE_KAFKA_ENVIRONMENT";

    /**
     * Reads variables and files.
     *
     * @param environment the variables of the process
     * @return what they say
     * @throws LauncherException when something in them cannot be used
     */
    public static NodeEnvironment of(Map<String, String> environment) {
        Variables variables = Variables.of(environment);
        Folders folders = Folders.of(variables);
        List<String> warnings = new ArrayList<>();
        MountedFiles mounted = MountedFiles.find(folders, variables, warnings);
        SettingTable table = new SettingTable();
        mounted.addTo(table);
        PropertyVariables.addTo(table, variables, warnings);
        SecretFiles secrets = new SecretFiles(variables, folders.secrets(), table, warnings);
        secrets.apply();
        fill(table, variables, folders);
        LostAndFound.avoid(table, warnings);
        return new NodeEnvironment(table, folders, JavaOptions.of(variables, warnings), LogLevels.of(variables),
            mounted.log4j(), variables.get("CLUSTER_ID"), variables.get("NATIVE_KAFKA_METADATA_VERSION"),
            list(variables, "NATIVE_KAFKA_FEATURES"), ScramUsers.of(variables, secrets),
            list(variables, "NATIVE_KAFKA_TOPICS"), List.copyOf(warnings));
    }

    private static void fill(SettingTable table, Variables variables, Folders folders) {
        NodeRules rules = new NodeRules(table);
        boolean isReplaced = Profile.choose(variables, MODE, List.of("overlay", "replace")).equals("replace")
            && !table.isEmpty();
        rules.deriveListeners();
        String profile = Profile.of(variables);
        if (isReplaced) {
            return;
        }
        rules.complete();
        if (!table.has("log.dir")) {
            table.setUnlessGiven("log.dirs", folders.logDirs(), "default (node)");
        }
        boolean oneController = rules.hasOneController();
        List<Default> applying =
            Default.load().stream().filter(each -> each.appliesTo(table, profile, oneController)).toList();
        applying.forEach(each -> table.set(each.name(), each.value(), "default (" + profile + ")"));
    }

    private static List<String> list(Variables variables, String name) {
        return variables.get(name).map(text -> List.of(text.split("\\s*,\\s*"))).orElse(List.of());
    }

    /**
     * Makes system properties take effect, before the first logger, and tells what looks wrong.
     *
     * @param output where warnings go
     */
    public void applyToProcess(Output output) {
        Optional<String> heap = HeapSizes.apply(options.sizes());
        options.systemProperties().forEach(System::setProperty);
        warnings.forEach(output::warning);
        heap.ifPresent(output::warning);
    }

    /** Leaves the final server.properties where upstream's image has it, for people to look at; if it can be written. */
    public void leaveServerProperties() {
        if (Files.isWritable(folders.config())) {
            try {
                writeServerProperties(folders.config());
            } catch (IOException e) {
                // Nothing reads the file, so a full or read-only disk must not keep the node from starting.
            }
        }
    }

    /**
     * Writes the properties into a folder; only this user can read the file, since it may hold passwords.
     *
     * @param folder where server.properties is written
     * @return the file
     * @throws IOException when it cannot be written
     */
    public Path writeServerProperties(Path folder) throws IOException {
        Path file = folder.resolve("server.properties");
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (var stream = Files.newOutputStream(file)) {
            settings.toProperties().store(stream, null);
        }
        return file;
    }
}
