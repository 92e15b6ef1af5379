package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.TargetClass;

/** Stands for Kafka's class in signatures. */
@TargetClass(className = "org.apache.kafka.network.metrics.RequestMetrics")
final class RequestMetricsOfKafka {
    @Alias
    static String CONSUMER_FETCH_METRIC_NAME;
    @Alias
    static String FOLLOW_FETCH_METRIC_NAME;
    @Alias
    static String VERIFY_PARTITIONS_IN_TXN_METRIC_NAME;

    @Alias
    RequestMetricsOfKafka(String name) {
    }
}
