package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Finds the class literals that byte code hands to methods. */
final class ClassLiterals {
    /** A literal is pushed at most this many instructions before the call. */
    private static final int WINDOW = 8;

    private ClassLiterals() {
    }

    /** Returns the names of the types whose literal stands shortly before one of the calls. */
    static Set<String> before(Predicate<InvokeInstruction> calls, ClassModel model) {
        Set<String> found = new TreeSet<>();
        model.methods().stream().map(MethodModel::code).flatMap(Optional::stream)
            .forEach(code -> addTypes(code, calls, found));
        return found;
    }

    private static void addTypes(CodeModel code, Predicate<InvokeInstruction> calls, Set<String> found) {
        Deque<String> literals = new ArrayDeque<>();
        for (CodeElement element : code) {
            literals.addLast(element instanceof LoadConstantInstruction load
                && load.constantValue() instanceof ClassDesc literal ? nameOf(literal) : "");
            if (literals.size() > WINDOW) {
                literals.removeFirst();
            }
            if (element instanceof InvokeInstruction call && calls.test(call)) {
                literals.stream().filter(name -> !name.isEmpty()).forEach(found::add);
            }
        }
    }

    private static String nameOf(ClassDesc literal) {
        return literal.isClassOrInterface()
            ? ClassPath.dotted(literal.descriptorString().substring(1, literal.descriptorString().length() - 1))
            : "";
    }
}
