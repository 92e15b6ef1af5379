package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.TargetClass;

/** Stands for Kafka's class in signatures. */
@TargetClass(className = "org.apache.kafka.common.protocol.ApiKeys")
final class ApiKeysOfKafka {
    @Alias
    String name;
}
