package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Holds what was found in the log dirs against what the configuration asks for; changes nothing.
 *
 * <p>The rules are those of {@code MetaPropertiesEnsemble#verify} and {@code KafkaRaftServer#initializeLogDirs}, told
 * one line each and all at once, and one rule more: a sole controller's lost metadata log is not replaced by an empty one
 * while partitions remain, since a broker drops partitions that its metadata does not name.
 *
 * @param nodeId of the configuration
 * @param clusterId that was asked for, if any
 * @param metadataLogDir of the configuration
 * @param isSoleController whether no other node has a copy of the metadata log
 */
record StorageCheck(int nodeId, Optional<String> clusterId, String metadataLogDir, boolean isSoleController) {
    /**
     * Checks all log dirs of a node.
     *
     * @return warnings
     * @throws LauncherException when the node cannot start from them
     */
    List<String> verify(List<LogDirectory> directories) {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        Optional<LogDirectory> first = directories.stream().filter(StorageCheck::namesCluster).findFirst();
        for (LogDirectory directory : directories) {
            directory.problems().forEach(problem -> problems.add(line(directory, problem)));
            checkWritable(directory, problems, warnings);
            checkNode(directory, problems);
            checkCluster(directory, first, problems);
            checkMetadataLog(directory, problems);
        }
        checkLostMetadata(directories, problems);
        if (!problems.isEmpty()) {
            throw LauncherException.broker(problems.toArray(String[]::new)).hint(hint(problems));
        }
        return warnings;
    }

    private void checkWritable(LogDirectory directory, List<String> problems, List<String> warnings) {
        if (directory.isWritable()) {
            return;
        }
        boolean canGoOffline = directory.isFormatted() && !directory.path().equals(metadataLogDir);
        (canGoOffline ? warnings : problems).add(line(directory, "this user may not write there"));
    }

    private void checkNode(LogDirectory directory, List<String> problems) {
        directory.identity().ifPresent(identity -> identity.nodeId().ifPresent(stored -> {
            if (stored != nodeId) {
                problems.add(line(directory, "it belongs to node " + stored + ", but node.id is " + nodeId));
            }
        }));
    }

    private void checkCluster(LogDirectory directory, Optional<LogDirectory> first, List<String> problems) {
        if (!namesCluster(directory)) {
            return;
        }
        String stored = clusterOf(directory);
        String expected = clusterId.orElse(clusterOf(first.orElseThrow()));
        if (!stored.equals(expected)) {
            String other = clusterId.isPresent() ? "the cluster id asked for is " : first.orElseThrow().path() + " belongs to ";
            problems.add(line(directory, "it belongs to cluster " + stored + ", but " + other + expected));
        }
    }

    private void checkMetadataLog(LogDirectory directory, List<String> problems) {
        if (directory.holdsMetadataLog() && !directory.path().equals(metadataLogDir)) {
            problems.add(line(directory, "it holds the metadata log, but the metadata log dir is " + metadataLogDir));
        }
    }

    private void checkLostMetadata(List<LogDirectory> directories, List<String> problems) {
        boolean isNew = directories.stream().anyMatch(one -> one.path().equals(metadataLogDir) && !one.isFormatted());
        Optional<LogDirectory> partitions = directories.stream().filter(LogDirectory::holdsPartitions).findFirst();
        if (isSoleController && isNew && partitions.isPresent() && problems.isEmpty()) {
            problems.add("opening metadata log dir " + metadataLogDir + ": it is empty, but "
                + partitions.get().path() + " holds partitions, which an empty metadata log would give up");
        }
    }

    private static boolean namesCluster(LogDirectory directory) {
        return directory.identity().flatMap(identity -> identity.clusterId()).isPresent();
    }

    private static String clusterOf(LogDirectory directory) {
        return directory.identity().flatMap(identity -> identity.clusterId()).orElseThrow();
    }

    private static String line(LogDirectory directory, String problem) {
        return "opening log dir " + directory.path() + ": " + problem;
    }

    private static String hint(List<String> problems) {
        String first = problems.get(0);
        if (first.contains("in use by")) {
            return "stop that node, or give this one other log.dirs";
        }
        if (first.contains("no topic's partition")) {
            return "point log.dirs at a folder inside it, such as a 'data' folder of its own";
        }
        if (first.contains("may not")) {
            return "give this user the folder (chown), or name another one in log.dirs (variable KAFKA_LOG_DIRS)";
        }
        if (first.contains("would give up")) {
            return "bring the metadata log dir back, or point log.dirs at empty folders";
        }
        if (first.contains("metadata log")) {
            return "set metadata.log.dir to the folder that holds the metadata log";
        }
        return "point log.dirs at this node's own folder, or at an empty one";
    }
}
