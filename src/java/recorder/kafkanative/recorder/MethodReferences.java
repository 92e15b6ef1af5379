package kafkanative.recorder;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.LambdaMetafactory;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Method references such as {@code Class::getDeclaredMethods}: their call is in no method of the class.
 *
 * <p>Each gets a method of the class that makes the call, where it is recorded like any other.
 */
final class MethodReferences {
    private static final String FACTORY = LambdaMetafactory.class.descriptorString();
    private static final int IMPLEMENTATION = 1;
    private static final int BRIDGE_FLAGS = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;

    private final ClassModel model;
    private final boolean mayAddMethods;
    private final List<DirectMethodHandleDesc> bridged = new ArrayList<>();

    MethodReferences(ClassModel model, boolean mayAddMethods) {
        this.model = model;
        this.mayAddMethods = mayAddMethods;
    }

    /** Writes an instruction, with a bridge instead of the method that it refers to, if that is one to record. */
    void bridge(CodeBuilder code, InvokeDynamicInstruction dynamic) {
        DirectMethodHandleDesc target = target(dynamic);
        if (target == null) {
            code.with(dynamic);
            return;
        }
        List<ConstantDesc> arguments = new ArrayList<>(dynamic.bootstrapArgs());
        arguments.set(IMPLEMENTATION, bridgeTo(target));
        code.invokedynamic(DynamicCallSiteDesc.of(dynamic.bootstrapMethod(), dynamic.name().stringValue(),
            dynamic.typeSymbol(), arguments.toArray(ConstantDesc[]::new)));
    }

    /** Writes the bridges; the call in each is written by the one who rewrites calls. */
    void addBridges(ClassBuilder builder, BiConsumer<CodeBuilder, InvokeInstruction> call) {
        for (int i = 0; i < bridged.size(); i++) {
            DirectMethodHandleDesc target = bridged.get(i);
            builder.withMethodBody(name(i), target.invocationType(), BRIDGE_FLAGS, code -> write(code, target, call));
        }
    }

    private DirectMethodHandleDesc target(InvokeDynamicInstruction dynamic) {
        boolean isReference = mayAddMethods
            && dynamic.bootstrapMethod().owner().descriptorString().equals(FACTORY)
            && dynamic.bootstrapMethod().methodName().equals("metafactory");
        if (!isReference || !(dynamic.bootstrapArgs().get(IMPLEMENTATION) instanceof DirectMethodHandleDesc target)) {
            return null;
        }
        String owner = internalName(target.owner());
        return CallSites.find(owner, target.methodName(), target.lookupDescriptor()) == null ? null : target;
    }

    private DirectMethodHandleDesc bridgeTo(DirectMethodHandleDesc target) {
        DirectMethodHandleDesc.Kind kind = model.flags().has(AccessFlag.INTERFACE)
            ? DirectMethodHandleDesc.Kind.INTERFACE_STATIC
            : DirectMethodHandleDesc.Kind.STATIC;
        bridged.add(target);
        return MethodHandleDesc.ofMethod(
            kind, model.thisClass().asSymbol(), name(bridged.size() - 1), target.invocationType());
    }

    private static String name(int index) {
        return "recorded$" + index;
    }

    private static void write(
            CodeBuilder code, DirectMethodHandleDesc target, BiConsumer<CodeBuilder, InvokeInstruction> call) {
        MethodTypeDesc type = target.invocationType();
        for (int i = 0; i < type.parameterCount(); i++) {
            code.loadLocal(TypeKind.from(type.parameterType(i)), code.parameterSlot(i));
        }
        call.accept(code, InvokeInstruction.of(opcode(target), reference(code, target)));
        code.return_(TypeKind.from(type.returnType()));
    }

    private static MemberRefEntry reference(CodeBuilder code, DirectMethodHandleDesc target) {
        MethodTypeDesc type = MethodTypeDesc.ofDescriptor(target.lookupDescriptor());
        return target.isOwnerInterface()
            ? code.constantPool().interfaceMethodRefEntry(target.owner(), target.methodName(), type)
            : code.constantPool().methodRefEntry(target.owner(), target.methodName(), type);
    }

    private static Opcode opcode(DirectMethodHandleDesc target) {
        return switch (target.kind()) {
            case STATIC, INTERFACE_STATIC -> Opcode.INVOKESTATIC;
            case INTERFACE_VIRTUAL -> Opcode.INVOKEINTERFACE;
            default -> Opcode.INVOKEVIRTUAL;
        };
    }

    private static String internalName(ClassDesc owner) {
        String descriptor = owner.descriptorString();
        return descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
    }
}
