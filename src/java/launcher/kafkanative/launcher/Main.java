package kafkanative.launcher;

/**
 * The main class of the executable: runs one command and ends the process with its exit code.
 *
 * <p>It holds no logic, so that {@link Launcher} can be driven without ending the process.
 */
public final class Main {
    private Main() {
    }

    /**
     * Runs the command that the arguments name.
     *
     * @param args the name of a command, then its arguments
     */
    public static void main(String[] args) {
        Output output = new Output(System.out, System.err);
        ProcessExit.exit(new Launcher(output).run(args));
    }
}
