package kafkanative.substitutions;

import com.oracle.svm.core.annotate.TargetClass;

/** Stands for Kafka's class in signatures. */
@TargetClass(className = "org.apache.kafka.network.metrics.RequestMetrics")
final class RequestMetricsOfKafka {
}
