package kafkanative.launcher;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

/**
 * A topic to create, written as {@code NAME[:PARTITIONS[:REPLICATION]]}.
 *
 * @param name of the topic
 * @param partitions how many; -1 for the broker's default
 * @param replicationFactor how many replicas; -1 for the broker's default
 */
record NewTopic(String name, int partitions, short replicationFactor) {
    private static final Pattern FORM = Pattern.compile("([^:]+)(?::([1-9]\\d{0,5})(?::([1-9]\\d{0,3}))?)?");

    static List<NewTopic> parse(List<String> texts) {
        return texts.stream().map(NewTopic::parse).toList();
    }

    private static NewTopic parse(String text) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw LauncherException.settings("reading the topic '" + text + "': it is not of the form "
                + "NAME[:PARTITIONS[:REPLICATION]]").hint("for example orders, orders:6 or orders:6:1");
        }
        try {
            Topic.validate(parts.group(1));
        } catch (InvalidTopicException e) {
            throw LauncherException.settings("reading the topic '" + text + "': " + e.getMessage());
        }
        return new NewTopic(parts.group(1), number(parts.group(2)), (short) number(parts.group(3)));
    }

    private static int number(String text) {
        return text == null ? -1 : Integer.parseInt(text);
    }
}
