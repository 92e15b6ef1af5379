package kafkanative.substitutions;

import com.oracle.svm.core.annotate.TargetClass;

/** Stands for Kafka's class in signatures. */
@TargetClass(className = "org.apache.kafka.common.protocol.Errors")
final class ErrorsOfKafka {
}
