package kafkanative.launcher;

import java.util.List;
import java.util.Optional;

/**
 * A failure whose cause is known and can be told in a line for each problem, without a stack trace.
 *
 * <p>Each problem says what was being done and what happened. The hint says one thing to do.
 */
public final class LauncherException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient List<String> problems;
    private final String hint;

    private LauncherException(int exitCode, List<String> problems, String hint) {
        super(String.join("; ", problems), null, false, false);
        this.exitCode = exitCode;
        this.problems = List.copyOf(problems);
        this.hint = hint;
    }

    /**
     * The command line or the properties are wrong.
     *
     * @param problems at least one, each a line
     * @return the exception, without a hint
     */
    public static LauncherException settings(String... problems) {
        return new LauncherException(ExitCode.SETTINGS, List.of(problems), null);
    }

    /**
     * The broker or its storage failed.
     *
     * @param problems at least one, each a line
     * @return the exception, without a hint
     */
    public static LauncherException broker(String... problems) {
        return new LauncherException(ExitCode.BROKER, List.of(problems), null);
    }

    /**
     * One of Kafka's tools cannot do what it is for.
     *
     * @param exitCode what the tool itself would exit with
     * @param problems at least one, each a line
     * @return the exception, without a hint
     */
    public static LauncherException tool(int exitCode, String... problems) {
        return new LauncherException(exitCode, List.of(problems), null);
    }

    /**
     * The same failure with something to do about it.
     *
     * @param newHint one thing to do
     * @return a copy of this exception
     */
    public LauncherException hint(String newHint) {
        return new LauncherException(exitCode, problems, newHint);
    }

    /** @return the exit code of the process */
    public int exitCode() {
        return exitCode;
    }

    /** @return what happened, a line for each problem */
    public List<String> problems() {
        return problems;
    }

    /** @return one thing to do about it */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }
}
