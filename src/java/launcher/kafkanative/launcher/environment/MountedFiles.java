package kafkanative.launcher.environment;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.ServerProperties;

/**
 * What the user mounts as server.properties and log4j2.yaml.
 *
 * @param serverProperties the file, when there is one that is not blank
 * @param log4j the file, when there is one that is not blank
 */
record MountedFiles(Optional<Path> serverProperties, Optional<Path> log4j) {
    private static final String SERVER_PROPERTIES = "server.properties";
    private static final String LOG4J = "log4j2.yaml";
    private static final List<String> KNOWN = List.of(SERVER_PROPERTIES, LOG4J, "tools-log4j2.yaml");

    static MountedFiles find(Folders folders, Variables variables, List<String> warnings) {
        Path folder = folders.mount();
        String[] names = folder.toFile().list();
        if (names == null) {
            checkFolder(folder, variables.isGiven(Folders.MOUNT));
            return new MountedFiles(Optional.empty(), Optional.empty());
        }
        MountedFiles found = new MountedFiles(file(folder, SERVER_PROPERTIES, warnings), file(folder, LOG4J, warnings));
        tellStrangers(folder, names, warnings);
        return found;
    }

    void addTo(SettingTable table) {
        serverProperties.ifPresent(file -> {
            Properties properties = ServerProperties.load(file);
            properties.stringPropertyNames()
                .forEach(name -> table.set(name, properties.getProperty(name), "file " + file));
        });
    }

    private static void checkFolder(Path folder, boolean isAsked) {
        if (Files.isRegularFile(folder)) {
            throw reading(folder, "it is a file, not a folder").hint("mount the folder that holds server.properties");
        }
        if (Files.exists(folder)) {
            throw reading(folder, "this user may not list it").hint("chmod the folder for the user of the process");
        }
        if (isAsked) {
            throw reading(folder, "there is no such folder").hint("correct " + Folders.MOUNT);
        }
    }

    private static Optional<Path> file(Path folder, String name, List<String> warnings) {
        Path file = folder.resolve(name);
        if (Files.isDirectory(file)) {
            throw reading(file, "it is a folder, not a file")
                .hint("Docker makes an empty folder of what shall be mounted and does not exist on the host: "
                    + "correct the path there");
        }
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (isBlank(file)) {
            warnings.add("the mounted file " + file + " is empty, so it is ignored");
            return Optional.empty();
        }
        return Optional.of(file);
    }

    private static boolean isBlank(Path file) {
        try {
            return Files.size(file) < 1024 && new String(Files.readAllBytes(file), ISO_8859_1).isBlank();
        } catch (IOException e) {
            throw reading(file, "this user may not read it").hint("chmod the file for the user of the process");
        }
    }

    private static void tellStrangers(Path folder, String[] names, List<String> warnings) {
        boolean isKnown = List.of(names).stream().anyMatch(KNOWN::contains);
        if (names.length > 0 && !isKnown) {
            warnings.add("the mounted folder " + folder + " holds no " + SERVER_PROPERTIES + " and no " + LOG4J
                + " (but " + names[0] + "), so it is ignored");
        }
        if (names.length == 0 && isMountPoint(folder)) {
            warnings.add("the mounted folder " + folder + " is empty, so it is ignored: "
                + "is it the right one on the host?");
        }
    }

    /** By the fifth field of the lines of proc(5)'s mountinfo. */
    private static boolean isMountPoint(Path folder) {
        try {
            String mark = " " + folder.toAbsolutePath() + " ";
            return Files.readString(Path.of("/proc/self/mountinfo")).contains(mark);
        } catch (IOException e) {
            return false;
        }
    }

    private static LauncherException reading(Path path, String problem) {
        return LauncherException.settings("reading the mounted configuration " + path + ": " + problem);
    }
}
