package kafkanative.recorder;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Starts the recorder before the program: {@code -javaagent:recorder.jar=FOLDER}.
 *
 * <p>The jar is on the boot class path, so that rewritten classes of the JDK can call it as well.
 */
public final class RecorderAgent {
    private RecorderAgent() {
    }

    /**
     * Called by the JVM.
     *
     * @param folder where the record is written
     * @param instrumentation of this JVM
     * @throws IOException when the folder cannot be written to
     */
    public static void premain(String folder, Instrumentation instrumentation) throws IOException {
        Output output = new Output(Path.of(folder), Probe.OBSERVATIONS);
        Probe.onHalt(output::write);
        RewritingTransformer transformer = new RewritingTransformer(output::problem);
        instrumentation.addTransformer(transformer, true);
        rewriteLoaded(instrumentation, output);
        output.writeUntilEnd(instrumentation);
    }

    private static void rewriteLoaded(Instrumentation instrumentation, Output output) {
        Arrays.stream(instrumentation.getAllLoadedClasses())
            .filter(type -> Scope.covers(type.getClassLoader(), type.getName().replace('.', '/')))
            .filter(instrumentation::isModifiableClass)
            .forEach(type -> rewrite(instrumentation, type, output));
    }

    private static void rewrite(Instrumentation instrumentation, Class<?> type, Output output) {
        try {
            instrumentation.retransformClasses(type);
        } catch (UnmodifiableClassException | LinkageError | RuntimeException e) {
            output.problem(type.getName(), e);
        }
    }
}
