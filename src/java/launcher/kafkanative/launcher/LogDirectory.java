package kafkanative.launcher;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.properties.PropertiesUtils;

/**
 * What is found in one log dir before anything is changed there.
 *
 * @param path as the configuration gives it
 * @param identity what its meta.properties says; empty when it is not formatted
 * @param holdsMetadataLog whether the metadata log lies in it
 * @param holdsPartitions whether partitions of topics lie in it
 * @param isWritable whether this user may write into it, or make it
 * @param problems what keeps every node from using it, a line for each
 */
record LogDirectory(
    String path,
    Optional<MetaProperties> identity,
    boolean holdsMetadataLog,
    boolean holdsPartitions,
    boolean isWritable,
    List<String> problems) {

    private static final String METADATA_LOG = Topic.CLUSTER_METADATA_TOPIC_NAME + "-0";

    /**
     * Looks into a log dir; it may be missing.
     *
     * @param path of the folder
     * @param isForTopics whether a broker will load partitions from it, and so refuse any folder that is none
     */
    static LogDirectory inspect(String path, boolean isForTopics) {
        Path folder = Path.of(path);
        if (!Files.exists(folder)) {
            return missing(path, folder);
        }
        List<String> problems = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            problems.add("it is a file, not a folder");
            return new LogDirectory(path, Optional.empty(), false, false, true, problems);
        }
        Optional<MetaProperties> identity = readIdentity(folder, problems);
        LogDirectoryNames names = LogDirectoryNames.read(folder, problems);
        if (isForTopics && !names.foreign().isEmpty()) {
            problems.add("it contains the folder '" + names.foreign().get(0) + "', which is no topic's partition: "
                + "Kafka refuses such folders in log.dirs");
        }
        DirectoryLock.describeHolder(folder).ifPresent(problems::add);
        boolean holdsMetadataLog = Files.exists(folder.resolve(METADATA_LOG));
        return new LogDirectory(path, identity, holdsMetadataLog, names.hasPartitions(),
            Files.isWritable(folder), problems);
    }

    boolean isFormatted() {
        return identity.isPresent();
    }

    private static LogDirectory missing(String path, Path folder) {
        Path ancestor = folder.toAbsolutePath();
        while (ancestor.getParent() != null && !Files.exists(ancestor)) {
            ancestor = ancestor.getParent();
        }
        List<String> problems = new ArrayList<>();
        if (!Files.isDirectory(ancestor)) {
            problems.add("it cannot be made, since " + ancestor + " is a file, not a folder");
        }
        return new LogDirectory(path, Optional.empty(), false, false, Files.isWritable(ancestor), problems);
    }

    private static Optional<MetaProperties> readIdentity(Path folder, List<String> problems) {
        Path file = folder.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME);
        try {
            return Optional.of(new MetaProperties.Builder(PropertiesUtils.readPropertiesFile(file.toString())).build());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            problems.add("its meta.properties cannot be read: " + FailureText.of(e));
        } catch (IOException | RuntimeException e) {
            problems.add("its meta.properties is damaged: " + FailureText.of(e));
        }
        return Optional.empty();
    }
}
