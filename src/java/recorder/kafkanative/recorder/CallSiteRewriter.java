package kafkanative.recorder;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a call of a {@link Probe} before each call of the {@link CallSites}.
 *
 * <p>The arguments are put aside into new local variables and back onto the stack, and the call itself stays where it
 * is: what depends on the caller, and what is thrown, stays the same. The new instructions have no jumps, so the
 * frames of the method stay valid and only move.
 */
final class CallSiteRewriter implements ClassTransform {
    private final String name;
    private final String caller;
    private final MethodReferences references;

    /**
     * @param model of the class
     * @param isLoaded whether the class is there already, so that it cannot get new methods
     */
    CallSiteRewriter(ClassModel model, boolean isLoaded) {
        name = model.thisClass().asInternalName();
        caller = name.replace('/', '.');
        references = new MethodReferences(model, !isLoaded);
    }

    @Override
    public void accept(ClassBuilder builder, ClassElement element) {
        if (element instanceof MethodModel method) {
            builder.transformMethod(method, this::rewriteMethod);
        } else {
            builder.with(element);
        }
    }

    @Override
    public void atEnd(ClassBuilder builder) {
        references.addBridges(builder, this::call);
    }

    private void rewriteMethod(MethodBuilder builder, MethodElement element) {
        if (element instanceof CodeModel code) {
            builder.transformCode(code, CodeTransform.endHandler(end -> keepFrames(code, end))
                .andThen(this::rewriteInstruction));
        } else {
            builder.with(element);
        }
    }

    private static void keepFrames(CodeModel original, CodeBuilder code) {
        original.findAttribute(Attributes.stackMapTable())
            .ifPresent(table -> code.with(StackMapTableAttribute.of(table.entries())));
    }

    private void rewriteInstruction(CodeBuilder code, CodeElement element) {
        switch (element) {
            case InvokeInstruction invoke -> call(code, invoke);
            case InvokeDynamicInstruction dynamic -> references.bridge(code, dynamic);
            default -> code.with(element);
        }
    }

    private void call(CodeBuilder code, InvokeInstruction invoke) {
        CallSites.Site site = CallSites.find(invoke.method());
        if (site != null && isToObserve(invoke, site)) {
            observe(code, invoke, site);
        }
        code.with(invoke);
    }

    private boolean isToObserve(InvokeInstruction invoke, CallSites.Site site) {
        // A class loader that calls its superclass passes on a request, which was recorded where it was made.
        return invoke.opcode() != Opcode.INVOKESPECIAL
            && site.isStatic() == (invoke.opcode() == Opcode.INVOKESTATIC)
            && Scope.covers(name, site.probe());
    }

    private void observe(CodeBuilder code, InvokeInstruction invoke, CallSites.Site site) {
        List<ClassDesc> types = new ArrayList<>(invoke.typeSymbol().parameterList());
        if (!site.isStatic()) {
            types.addFirst(invoke.owner().asSymbol());
        }
        int[] slots = new int[types.size()];
        for (int i = slots.length - 1; i >= 0; i--) {
            TypeKind kind = TypeKind.from(types.get(i));
            slots[i] = code.allocateLocal(kind);
            code.storeLocal(kind, slots[i]);
        }
        site.passed().forEach(i -> code.loadLocal(TypeKind.from(types.get(i)), slots[i]));
        code.loadConstant(caller).invokestatic(CallSites.PROBE, site.probe(), site.probeType());
        for (int i = 0; i < slots.length; i++) {
            code.loadLocal(TypeKind.from(types.get(i)), slots[i]);
        }
    }
}
