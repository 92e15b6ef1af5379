package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.graalvm.nativeimage.RuntimeOptions;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.word.PointerBase;
import org.graalvm.word.UnsignedWord;
import org.graalvm.word.WordFactory;

/** Lets a collection of an idle node return to the system what it frees, and the code that only the start needed. */
@TargetClass(className = "kafkanative.launcher.IdleCollection")
final class ReleasingCollection {
    private ReleasingCollection() {
    }

    @Substitute
    private static void collect() {
        RuntimeOptions.set("MaxHeapFree", 1L);
        System.gc();
        RuntimeOptions.set("MaxHeapFree", 0L);
        Code.release();
    }

    /** The machine code of the executable: mapped from its file and never written, so that each page can be dropped. */
    static final class Code {
        private static final int MADV_DONTNEED = 4;

        private Code() {
        }

        /** Unmaps all of it; the pages that the idle node runs in come back at once, out of the page cache. */
        static void release() {
            try {
                String executable = Path.of("/proc/self/exe").toRealPath().toString();
                for (String mapping : Files.readAllLines(Path.of("/proc/self/maps"))) {
                    if (mapping.contains(" r-xp ") && mapping.endsWith(" " + executable)) {
                        release(mapping.substring(0, mapping.indexOf(' ')).split("-"));
                    }
                }
            } catch (IOException e) {
                // A system without /proc keeps the pages.
            }
        }

        private static void release(String[] fromAndTo) {
            long from = Long.parseUnsignedLong(fromAndTo[0], 16);
            long to = Long.parseUnsignedLong(fromAndTo[1], 16);
            madvise(WordFactory.pointer(from), WordFactory.unsigned(to - from), MADV_DONTNEED);
        }

        /** See madvise(2). */
        @CFunction("madvise")
        private static native int madvise(PointerBase from, UnsignedWord bytes, int advice);
    }
}
