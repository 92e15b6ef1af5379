package kafkanative.launcher;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * Formats the log dirs that are new, as {@code StorageTool#runFormatCommand} with --ignore-formatted does.
 *
 * @param config of the node
 * @param arguments of the command line
 * @param directories all log dirs, and at least one of them new
 * @param output where Kafka's Formatter tells what it does
 */
record StorageFormat(
    KafkaConfig config, ServerStartArguments arguments, List<LogDirectory> directories, Output output) {

    void run() {
        Formatter formatter = new Formatter()
            .setPrintStream(printStream())
            .setNodeId(config.nodeId())
            .setUnstableFeatureVersionsEnabled(config.unstableFeatureVersionsEnabled())
            .setIgnoreFormatted(true)
            .setControllerListenerName(config.controllerListenerNames().get(0))
            .setMetadataLogDirectory(config.metadataLogDir());
        directories.forEach(directory -> formatter.addDirectory(directory.path()));
        arguments.metadataVersion().ifPresent(version -> formatter.setReleaseVersion(release(version)));
        arguments.features().forEach(feature -> setFeature(formatter, feature));
        formatter.setScramArguments(arguments.scram());
        InitialQuorum quorum = InitialQuorum.of(config, arguments, isMetadataNew());
        quorum.applyTo(formatter);
        formatter.setClusterId(clusterId(quorum));
        format(formatter);
    }

    /** Kafka prints the records that it writes, and those of SCRAM users are secrets. */
    private PrintStream printStream() {
        return arguments.scram().isEmpty() ? output.out() : new PrintStream(OutputStream.nullOutputStream());
    }

    private boolean isMetadataNew() {
        return directories.stream().anyMatch(one -> one.path().equals(config.metadataLogDir()) && !one.isFormatted());
    }

    private String clusterId(InitialQuorum quorum) {
        Optional<String> stored = directories.stream()
            .flatMap(directory -> directory.identity().stream())
            .flatMap(identity -> identity.clusterId().stream())
            .findFirst();
        return stored.or(arguments::clusterId).orElseGet(() -> newClusterId(quorum));
    }

    /** A random id would keep a node out of a cluster that has other nodes, so it is drawn for a sole one only. */
    private static String newClusterId(InitialQuorum quorum) {
        if (!quorum.isThisNodeAlone()) {
            throw LauncherException.settings("formatting new storage: the cluster has controllers beside this node, "
                + "so the cluster id cannot be drawn at random").hint("give every node the same --cluster-id");
        }
        return Uuid.randomUuid().toString();
    }

    private MetadataVersion release(String version) {
        try {
            return MetadataVersion.fromVersionString(version, config.unstableFeatureVersionsEnabled());
        } catch (IllegalArgumentException e) {
            throw LauncherException.settings("reading --metadata-version " + version + ": " + e.getMessage());
        }
    }

    private static void setFeature(Formatter formatter, String feature) {
        int equals = feature.indexOf('=');
        try {
            formatter.setFeatureLevel(feature.substring(0, equals), Short.valueOf(feature.substring(equals + 1).strip()));
        } catch (RuntimeException e) {
            throw LauncherException.settings("reading the feature level '" + feature + "': it is not of the form "
                + "NAME=LEVEL").hint("for example transaction.version=2");
        }
    }

    private static void format(Formatter formatter) {
        try {
            formatter.run();
        } catch (Exception e) {
            throw LauncherException.broker("formatting " + String.join(", ", formatter.directories()) + ": "
                + FailureText.of(e));
        }
    }
}
