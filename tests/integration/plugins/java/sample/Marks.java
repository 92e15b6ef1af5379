package sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Where the plug-ins tell what they did: a line each time it is something new. */
final class Marks {
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private Marks() {
    }

    static void tell(String plugIn, Object what) {
        String line = plugIn + " " + what;
        if (!TOLD.add(line)) {
            return;
        }
        try {
            Files.writeString(Path.of(System.getProperty("sample.marks")), line + "\n",
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
