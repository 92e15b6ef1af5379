package kafkanative.launcher;

import java.util.List;

/** One sub-command of the executable. */
public interface Command {
    /**
     * Name of the command on the command line, as Kafka's script without "kafka-" and ".sh" would be called.
     *
     * @return the name
     */
    String name();

    /**
     * Heading under which {@code kafka --help} lists the command.
     *
     * @return the heading
     */
    String group();

    /**
     * What the command does, in one line of {@code kafka --help}.
     *
     * @return the line
     */
    String summary();

    /**
     * Runs the command.
     *
     * @param args the arguments after the name of the command
     * @param output where the command writes
     * @return the exit code of the process
     * @throws LauncherException when it cannot be done, for a reason that can be told in one line
     */
    int run(List<String> args, Output output);
}
