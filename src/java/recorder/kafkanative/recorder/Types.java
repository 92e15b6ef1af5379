package kafkanative.recorder;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** How reachability metadata names types. */
final class Types {
    private static final String NOT_IN_NAMES = "/;[ \t\r\n";

    private Types() {
    }

    /** Returns a type as JSON, or null when metadata cannot or need not name it: a primitive one, a lambda, ... */
    static String json(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.componentType();
        }
        if (element.isHidden() || type.isPrimitive() || Scope.isOfJvmOnly(element.getName())) {
            return null;
        }
        return Proxy.isProxyClass(type) ? proxy(Arrays.asList(type.getInterfaces())) : Fact.quoted(type.getTypeName());
    }

    /** Returns a type as JSON by the name that {@link Class#forName} takes, or null when it is none. */
    static String json(String name) {
        int dimensions = 0;
        while (dimensions < name.length() && name.charAt(dimensions) == '[') {
            dimensions++;
        }
        String element = dimensions == 0 ? name : element(name.substring(dimensions));
        boolean isName = !element.isEmpty() && element.chars().noneMatch(each -> NOT_IN_NAMES.indexOf(each) >= 0);
        if (!isName || Scope.isOfJvmOnly(element)) {
            return null;
        }
        return Fact.quoted(element + "[]".repeat(dimensions));
    }

    static String proxy(List<Class<?>> interfaces) {
        return interfaces.stream().map(each -> Fact.quoted(each.getName()))
            .collect(Collectors.joining(", ", "{\"proxy\": [", "]}"));
    }

    private static String element(String descriptor) {
        if (descriptor.startsWith("L") && descriptor.endsWith(";")) {
            return descriptor.substring(1, descriptor.length() - 1);
        }
        return switch (descriptor) {
            case "Z" -> "boolean";
            case "B" -> "byte";
            case "C" -> "char";
            case "D" -> "double";
            case "F" -> "float";
            case "I" -> "int";
            case "J" -> "long";
            case "S" -> "short";
            default -> "";
        };
    }
}
