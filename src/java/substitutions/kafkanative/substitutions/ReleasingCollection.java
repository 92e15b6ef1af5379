package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import org.graalvm.nativeimage.RuntimeOptions;

/** Lets a collection of an idle node return the memory that it frees, which the collector keeps for a busy one. */
@TargetClass(className = "kafkanative.launcher.IdleCollection")
final class ReleasingCollection {
    @Substitute
    private static void collect() {
        RuntimeOptions.set("MaxHeapFree", 1L);
        System.gc();
        RuntimeOptions.set("MaxHeapFree", 0L);
    }
}
