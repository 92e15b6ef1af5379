package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.invoke.LambdaMetafactory;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds the interfaces of a class's lambdas that can be serialized: their classes only come to be at run time. */
final class SerializableLambdas {
    private static final int FLAGS = 3;  // of the arguments behind the three that LambdaMetafactory#metafactory has

    private SerializableLambdas() {
    }

    static Set<String> in(ClassModel model) {
        Set<String> found = new TreeSet<>();
        model.methods().stream().map(MethodModel::code).flatMap(Optional::stream)
            .flatMap(code -> code.elementStream())
            .filter(element -> element instanceof InvokeDynamicInstruction call && isSerializable(call))
            .forEach(element -> found.add(nameOf(((InvokeDynamicInstruction) element).typeSymbol().returnType())));
        return found;
    }

    private static boolean isSerializable(InvokeDynamicInstruction call) {
        return call.bootstrapMethod().methodName().equals("altMetafactory")
            && call.bootstrapArgs().get(FLAGS) instanceof Integer flags
            && (flags & LambdaMetafactory.FLAG_SERIALIZABLE) != 0;
    }

    private static String nameOf(ClassDesc type) {
        return ClassPath.dotted(type.descriptorString().substring(1, type.descriptorString().length() - 1));
    }
}
