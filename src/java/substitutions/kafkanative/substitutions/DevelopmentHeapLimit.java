package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import org.graalvm.nativeimage.RuntimeOptions;

/** Lets a node that nobody gave a limit use 512 MB, or half of the memory that the machine or the container has. */
@TargetClass(className = "kafkanative.launcher.HeapLimit")
final class DevelopmentHeapLimit {
    @Substitute
    static void apply() {
        Long given = RuntimeOptions.get("MaxHeapSize");
        if (given == 0) {
            RuntimeOptions.set("MaxHeapSize", HeapSizes.withoutLimit());
        }
    }
}
