package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import org.graalvm.nativeimage.RuntimeOptions;

/**
 * Sizes the heap where the user says nothing.
 *
 * <p>The heap may have 512 MB, or half of the memory of the machine or container when that is less. The young generation
 * has room for all that a start allocates, so that no collection falls into it, and not much more: under load a larger
 * one costs its size in memory, and saves no processor time.
 */
@TargetClass(className = "kafkanative.launcher.HeapLimit")
final class DevelopmentHeapLimit {
    @Substitute
    static void apply() {
        Long largest = RuntimeOptions.get("MaxHeapSize");
        if (largest == 0) {
            RuntimeOptions.set("MaxHeapSize", HeapSizes.withoutLimit());
        }
        Long young = RuntimeOptions.get("MaxNewSize");
        if (young == 0) {
            RuntimeOptions.set("MaxNewSize", HeapSizes.YOUNG);
        }
    }
}
