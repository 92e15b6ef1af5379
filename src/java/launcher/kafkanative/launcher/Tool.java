package kafkanative.launcher;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;

/**
 * One of Kafka's own command-line tools: the main class that the script {@code kafka-NAME.sh} of a release runs.
 *
 * <p>The class is looked up by name, so that this compiles against a Kafka version without the jar of the tool.
 *
 * @param name of the command
 * @param group heading in the help
 * @param mainClasses names that the main class has, or had in other versions of Kafka
 * @param summary one line of help
 */
record Tool(String name, String group, List<String> mainClasses, String summary) implements Command {
    /** Whether the class is in this executable; it is not where its jar was not published for a version of Kafka. */
    boolean isThere() {
        return mainClass().isPresent();
    }

    @Override
    public int run(List<String> args, Output output) {
        Class<?> type = mainClass().orElseThrow(() -> LauncherException.settings(
            "running '" + name + "': this executable was built without the jar that has " + mainClasses.get(0))
            .hint("build one of a Kafka version whose jars were all published, such as 4.3.1"));
        ToolProperties.apply();
        LogSetup.installForTools();
        BrokerReach.check(name, args);
        invoke(type, args);
        return ExitCode.WHEN_THREADS_END;
    }

    private Optional<Class<?>> mainClass() {
        return mainClasses.stream().flatMap(each -> load(each).stream()).findFirst();
    }

    /** Does not initialize it: tools make their logger then, and so must come after the log's configuration. */
    private static Optional<Class<?>> load(String className) {
        try {
            return Optional.of(Class.forName(className, false, Tool.class.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    /** What the tool throws goes on as it is, so that it ends as on the JVM: with a stack trace, and 1. */
    private static void invoke(Class<?> type, List<String> args) {
        try {
            Method main = type.getMethod("main", String[].class);
            main.invoke(null, (Object) args.toArray(String[]::new));
        } catch (InvocationTargetException e) {
            throw Tool.<RuntimeException>unchecked(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("calling " + type.getName(), e);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
