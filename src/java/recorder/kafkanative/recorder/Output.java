package kafkanative.recorder;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import jdk.internal.access.SharedSecrets;

/**
 * Writes the record: each second what is new, so that a process that is killed loses little, and all of it at the end.
 */
final class Output {
    private static final long PERIOD_MILLIS = 1000;
    /** After the hooks of the program, which run in slot 1, and the deletion of its files (java.lang.Shutdown). */
    private static final int LAST_SLOT = 3;

    private final Path folder;
    private final Observations observations;
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private int written;

    Output(Path folder, Observations observations) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.observations = observations;
    }

    /** Notes that a class could not be rewritten. */
    void problem(String type, Throwable thrown) {
        problems.add(type + ": " + thrown);
    }

    void writeUntilEnd(Instrumentation instrumentation) {
        Module own = Output.class.getModule();
        instrumentation.redefineModule(Object.class.getModule(), Set.of(),
            Map.of("jdk.internal.access", Set.of(own)), Map.of(), Set.of(), Map.of());
        SharedSecrets.getJavaLangAccess().registerShutdownHook(LAST_SLOT, false, this::write);
        Thread.ofPlatform().daemon().name("reachability-recorder").start(this::writePeriodically);
    }

    private void writePeriodically() {
        try {
            while (true) {
                Thread.sleep(PERIOD_MILLIS);
                write();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes what there is, if anything is new. */
    synchronized void write() {
        int changes = observations.changes() + problems.size();
        if (changes == written) {
            return;
        }
        Metadata metadata = new Metadata();
        observations.addTo(metadata);
        try {
            replaceUnlessEmpty("libraries.json", metadata.has(Fact.LIBRARIES) ? metadata.json(Fact.LIBRARIES) : "");
            replaceUnlessEmpty("problems.txt", problemsText());
            replace("reachability-metadata.json", metadata.json(Fact.REFLECTION, Fact.RESOURCES));
            written = changes;
        } catch (IOException e) {
            System.err.println("reachability recorder: cannot write to " + folder + ": " + e);
        }
    }

    private String problemsText() {
        Throwable failure = observations.failure();
        String lines = problems.stream().map(each -> each + "\n").collect(Collectors.joining());
        return failure == null ? lines : lines + failure + "\n";
    }

    private void replaceUnlessEmpty(String name, String text) throws IOException {
        if (!text.isEmpty()) {
            replace(name, text);
        }
    }

    private void replace(String name, String text) throws IOException {
        Path partial = folder.resolve("." + name + ".partial");
        Files.writeString(partial, text);
        Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
