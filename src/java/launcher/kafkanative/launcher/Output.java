package kafkanative.launcher;

import java.io.PrintStream;

/**
 * Where a command writes: data and Kafka's log to {@code out}, errors and warnings to {@code err}.
 *
 * @param out standard output
 * @param err standard error
 */
public record Output(PrintStream out, PrintStream err) {
    static final String WARNING = "kafka: warning: ";

    /**
     * Writes {@code kafka: error:} lines, and the hint.
     *
     * @param failure what happened
     */
    public void failure(LauncherException failure) {
        failure.problems().forEach(this::error);
        failure.hint().ifPresent(hint -> line("hint: ", hint));
    }

    /**
     * Writes one {@code kafka: error:} line.
     *
     * @param problem what was being done and what happened
     */
    public void error(String problem) {
        line("kafka: error: ", problem);
    }

    /**
     * Writes one {@code kafka: warning:} line.
     *
     * @param problem what looks wrong, and what will be done all the same
     */
    public void warning(String problem) {
        line(WARNING, problem);
    }

    private void line(String prefix, String text) {
        err.println(prefix + text.strip().replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }
}
