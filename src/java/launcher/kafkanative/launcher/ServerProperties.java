package kafkanative.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * Reads a server.properties file and lays overrides over it, as {@code kafka.Kafka#getPropsFromArgs} does.
 *
 * <p>One difference: an override without "=" is an error here; Kafka takes it for an empty value.
 */
public final class ServerProperties {
    private ServerProperties() {
    }

    /**
     * Reads a file in the format, and with the encoding (ISO-8859-1), of {@link Properties#load(InputStream)}.
     *
     * @param file path of the file
     * @return its properties
     * @throws LauncherException when it is missing, unreadable or malformed
     */
    public static Properties load(Path file) {
        Properties properties = new Properties();
        try (InputStream stream = Files.newInputStream(file)) {
            properties.load(stream);
            return properties;
        } catch (IOException | IllegalArgumentException e) {
            throw LauncherException.settings("reading the properties file " + file + ": " + reason(file, e));
        }
    }

    /**
     * Lays overrides over properties; the last of several for one key wins.
     *
     * @param properties what the file says; changed in place
     * @param overrides {@code key=value}; the value may be empty and may contain "="
     * @throws LauncherException when one has no "=" or no key
     */
    public static void override(Properties properties, List<String> overrides) {
        for (String override : overrides) {
            int equals = override.indexOf('=');
            String key = equals < 0 ? "" : override.substring(0, equals).strip();
            if (key.isEmpty()) {
                throw LauncherException.settings("reading --override '" + masked(override, equals)
                    + "': it has no " + (equals < 0 ? "'='" : "key")).hint("write --override key=value");
            }
            properties.setProperty(key, override.substring(equals + 1));
        }
    }

    private static String masked(String override, int equals) {
        return equals < 0 ? override : override.substring(0, equals + 1) + "...";
    }

    private static String reason(Path file, Exception e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "this user may not read it";
        }
        return Files.isDirectory(file) ? "it is a folder, not a file" : String.valueOf(e.getMessage());
    }
}
