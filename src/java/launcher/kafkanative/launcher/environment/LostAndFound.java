package kafkanative.launcher.environment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file system of its own has a folder {@code lost+found}, and Kafka refuses log dirs that hold such a folder; then a
 * folder inside is used instead. There cannot be data beside it already, since Kafka never started on it.
 */
final class LostAndFound {
    private static final String NAME = "lost+found";
    private static final String INSIDE = "data";

    private LostAndFound() {
    }

    static void avoid(SettingTable table, List<String> warnings) {
        for (String property : List.of("log.dirs", "log.dir")) {
            table.get(property).filter(value -> !value.contains("${")).ifPresent(value -> {
                List<String> avoided = List.of(value.split(",")).stream().map(dir -> avoid(dir.strip())).toList();
                String joined = String.join(",", avoided);
                if (!joined.equals(value)) {
                    table.set(property, joined, table.source(property).orElse("") + ", beside " + NAME);
                    warnings.add("the volume for " + property + " holds " + NAME + ", which Kafka refuses, so " + joined
                        + " is used");
                }
            });
        }
    }

    private static String avoid(String directory) {
        Path folder = Path.of(directory);
        return Files.isDirectory(folder.resolve(NAME)) ? folder.resolve(INSIDE).toString() : directory;
    }
}
