package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.util.List;
import org.graalvm.nativeimage.UnmanagedMemory;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.nativeimage.c.struct.SizeOf;
import org.graalvm.nativeimage.c.type.CCharPointer;
import org.graalvm.nativeimage.c.type.CCharPointerPointer;
import org.graalvm.nativeimage.c.type.CTypeConversion;
import org.graalvm.word.WordFactory;

/** Starts the executable anew in its own process, which C can and Java cannot: execv(3). */
@TargetClass(className = "kafkanative.launcher.environment.OwnProcess")
final class ReplacedProcess {
    private ReplacedProcess() {
    }

    /** Returns only when the system refuses. */
    @Substitute
    static void replace(List<String> words) {
        CCharPointerPointer arguments = UnmanagedMemory.malloc((words.size() + 1) * SizeOf.get(CCharPointerPointer.class));
        for (int i = 0; i < words.size(); i++) {
            arguments.write(i, CTypeConversion.toCString(words.get(i)).get());
        }
        arguments.write(words.size(), WordFactory.nullPointer());
        try (CTypeConversion.CCharPointerHolder program = CTypeConversion.toCString("/proc/self/exe")) {
            C.execv(program.get(), arguments);
        }
        UnmanagedMemory.free(arguments);
    }

    /** Functions of the C library. */
    static final class C {
        private C() {
        }

        @CFunction("execv")
        static native int execv(CCharPointer path, CCharPointerPointer arguments);
    }
}
