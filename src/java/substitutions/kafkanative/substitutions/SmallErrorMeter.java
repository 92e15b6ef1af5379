package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.RecomputeFieldValue;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.util.Map;

/**
 * Makes the meter of one kind of error of one kind of request without a hash map of its own.
 *
 * <p>Kafka makes 24,000 of them at each start, since every request may fail with every error, and nearly none is ever
 * counted. Each has a LinkedHashMap for the two tags of its metric, of which only the order and the content matter.
 */
@TargetClass(className = "org.apache.kafka.network.metrics.RequestMetrics", innerClass = "ErrorMeter")
final class SmallErrorMeter {
    @Alias
    @RecomputeFieldValue(kind = RecomputeFieldValue.Kind.None, isFinal = false)
    private Map<String, String> tags;

    @Alias
    @RecomputeFieldValue(kind = RecomputeFieldValue.Kind.None, isFinal = false)
    private RequestMetricsOfKafka this$0;

    @Substitute
    private SmallErrorMeter(RequestMetricsOfKafka requestMetrics, String name, ErrorsOfKafka error) {
        this.this$0 = requestMetrics;
        this.tags = new ErrorTags(name, ((Enum<?>) (Object) error).name());
    }
}
