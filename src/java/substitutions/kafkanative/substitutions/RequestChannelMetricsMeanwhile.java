package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.RecomputeFieldValue;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Makes the metrics of all kinds of requests while the node goes on to start.
 *
 * <p>There are a dozen histograms for each of about 90 requests, once for the controller's listeners and once for the
 * broker's, all of them with a bean of JMX. The first who needs one of them waits until all are there.
 */
@TargetClass(className = "org.apache.kafka.network.metrics.RequestChannelMetrics")
final class RequestChannelMetricsMeanwhile {
    @Alias
    @RecomputeFieldValue(kind = RecomputeFieldValue.Kind.None, isFinal = false)
    private Map<String, RequestMetricsOfKafka> metricsMap;

    @Substitute
    RequestChannelMetricsMeanwhile(Set<ApiKeysOfKafka> enabledApis) {
        this.metricsMap = new MapMadeMeanwhile<>("request-metrics", () -> RequestMetricsByName.of(enabledApis));
    }

    /** What Kafka's constructor does. */
    static final class RequestMetricsByName {
        private RequestMetricsByName() {
        }

        static Map<String, RequestMetricsOfKafka> of(Set<ApiKeysOfKafka> enabledApis) {
            Map<String, RequestMetricsOfKafka> metrics = new HashMap<>();
            enabledApis.forEach(api -> metrics.put(api.name, new RequestMetricsOfKafka(api.name)));
            for (String name : new String[] {
                RequestMetricsOfKafka.CONSUMER_FETCH_METRIC_NAME,
                RequestMetricsOfKafka.FOLLOW_FETCH_METRIC_NAME,
                RequestMetricsOfKafka.VERIFY_PARTITIONS_IN_TXN_METRIC_NAME,
                "ListClientMetricsResources"}) {
                metrics.put(name, new RequestMetricsOfKafka(name));
            }
            return metrics;
        }
    }
}
