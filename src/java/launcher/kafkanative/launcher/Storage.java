package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import kafka.server.KafkaConfig;

/** Brings the log dirs of a node into a state that the broker can start from, or says why that cannot be. */
final class Storage {
    private Storage() {
    }

    static void prepare(KafkaConfig config, ServerStartArguments arguments, Output output) {
        List<LogDirectory> directories = inspect(config);
        StorageCheck check = new StorageCheck(config.nodeId(), arguments.clusterId(), config.metadataLogDir(),
            Roles.isSoleController(config));
        check.verify(directories).forEach(output::warning);
        ListenerPorts.check(config);
        if (directories.stream().anyMatch(directory -> !directory.isFormatted())) {
            new StorageFormat(config, arguments, directories, output).run();
        } else if (arguments.metadataVersion().isPresent()) {
            output.warning("--metadata-version is for new storage; this storage keeps the version it has");
        }
    }

    /** All log dirs and the metadata log dir, in the order of StorageTool#configToLogDirectories. */
    private static List<LogDirectory> inspect(KafkaConfig config) {
        TreeSet<String> paths = new TreeSet<>(config.logDirs());
        paths.add(config.metadataLogDir());
        boolean broker = Roles.isBroker(config);
        List<LogDirectory> directories = new ArrayList<>();
        for (String path : paths) {
            directories.add(LogDirectory.inspect(path, broker && config.logDirs().contains(path)));
        }
        return directories;
    }
}
