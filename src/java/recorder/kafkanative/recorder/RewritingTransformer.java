package kafkanative.recorder;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.function.BiConsumer;

/** Rewrites the classes of the {@link Scope} that call something of the {@link CallSites}; leaves all others alone. */
final class RewritingTransformer implements ClassFileTransformer {
    // The frames of a method stay what they are, see CallSiteRewriter; computing them would mean loading classes.
    private final ClassFile classFile = ClassFile.of(
        ClassFile.StackMapsOption.DROP_STACK_MAPS, ClassFile.DeadCodeOption.KEEP_DEAD_CODE);
    private final BiConsumer<String, Throwable> onProblem;

    RewritingTransformer(BiConsumer<String, Throwable> onProblem) {
        this.onProblem = onProblem;
    }

    @Override
    public byte[] transform(
            Module module, ClassLoader loader, String name, Class<?> loaded, ProtectionDomain domain, byte[] bytes) {
        if (name == null || !Scope.covers(loader, name)) {
            return null;
        }
        try {
            ClassModel model = classFile.parse(bytes);
            return mentionsSite(model) ? rewritten(model, loaded != null) : null;
        } catch (RuntimeException | LinkageError e) {
            onProblem.accept(name.replace('/', '.'), e);
            return null;
        }
    }

    private static boolean mentionsSite(ClassModel model) {
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof MemberRefEntry member && CallSites.find(member) != null) {
                return true;
            }
        }
        return false;
    }

    private byte[] rewritten(ClassModel model, boolean isLoaded) {
        return classFile.transformClass(model, new CallSiteRewriter(model, isLoaded));
    }
}
