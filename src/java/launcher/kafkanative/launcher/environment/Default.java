package kafkanative.launcher.environment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One property that a profile sets other than Kafka does; all of them stand in one file, which Python reads as well.
 *
 * @param name of the property
 * @param value what it is set to
 * @param unless another property; when that is given, this default does not apply; empty for none
 * @param oneControllerOnly whether it applies only in a cluster with one controller
 * @param profiles the profiles that have it
 */
record Default(String name, String value, String unless, boolean oneControllerOnly, List<String> profiles) {
    private static final String RESOURCE = "/kafkanative/defaults.properties";
    private static final String LIMIT = "#:";

    static List<Default> load() {
        try (InputStream stream = Default.class.getResourceAsStream(RESOURCE)) {
            return parse(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Default> parse(BufferedReader lines) throws IOException {
        List<Default> defaults = new ArrayList<>();
        Limits limits = new Limits();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int equals = line.indexOf('=');
            if (line.startsWith(LIMIT)) {
                limits.read(line.substring(LIMIT.length(), equals).strip(), line.substring(equals + 1));
            } else if (equals > 0 && !line.startsWith("#")) {
                defaults.add(limits.of(line.substring(0, equals), line.substring(equals + 1)));
                limits = new Limits();
            }
        }
        return defaults;
    }

    boolean appliesTo(SettingTable given, String profile, boolean oneController) {
        return profiles.contains(profile) && (oneController || !oneControllerOnly) && !given.has(name) && !given.has(unless);
    }

    /** What the lines before a property say about it. */
    private static final class Limits {
        private String unless = "";
        private boolean oneControllerOnly;
        private List<String> profiles = List.of(Profile.DEVELOPMENT);

        void read(String key, String value) {
            switch (key) {
                case "unless" -> unless = value;
                case "when" -> oneControllerOnly = value.equals("one-controller");
                case "profiles" -> profiles = List.of(value.split(","));
                default -> throw new IllegalStateException(RESOURCE + ": " + key);
            }
        }

        Default of(String name, String value) {
            return new Default(name, value, unless, oneControllerOnly, profiles);
        }
    }
}
