package kafkanative.launcher.environment;

import java.nio.file.Path;

/**
 * Where the image has what the user mounts; each place can be moved by a variable, so nothing needs a container.
 *
 * @param mount server.properties and log4j2.yaml of the user's
 * @param secrets key stores, PEM files, passwords
 * @param config where the final server.properties is left for people to look at
 * @param logDirs log.dirs when nothing else says so
 */
record Folders(Path mount, Path secrets, Path config, String logDirs) {
    static final String MOUNT = "NATIVE_KAFKA_MOUNT_DIR";
    static final String SECRETS = "NATIVE_KAFKA_SECRETS_DIR";
    static final String CONFIG = "NATIVE_KAFKA_CONFIG_DIR";
    static final String LOG_DIRS = "NATIVE_KAFKA_LOG_DIRS";

    static Folders of(Variables variables) {
        return new Folders(
            variables.folder(MOUNT, "/mnt/shared/config"),
            variables.folder(SECRETS, "/etc/kafka/secrets"),
            variables.folder(CONFIG, "/opt/kafka/config"),
            variables.get(LOG_DIRS).orElse("/var/lib/kafka/data"));
    }
}
