package kafkanative.recorder;

import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What an observation says as reachability metadata.
 *
 * <p>The rules are those of the recorder in a native executable: a member that was looked up is there once its type
 * is, so only one that was used, or looked up in vain, is listed.
 */
final class Facts {
    private static final String CONSTRUCTOR = "<init>";

    private Facts() {
    }

    static List<Fact> of(Observation seen) {
        return switch (seen.kind()) {
            case BUNDLE -> List.of(Fact.bundle((String) seen.subject()));
            case LIBRARY -> List.of(Fact.library((String) seen.subject()));
            case RESOURCE -> seen.name() == null ? List.of() : List.of(resource(seen.subject(), seen.name()));
            case MEMBER -> member((Member) seen.subject());
            case PROXY -> proxy(seen.types());
            case TYPE -> type(seen.subject());
            default -> ofClass((Class<?>) seen.subject(), seen);
        };
    }

    private static List<Fact> ofClass(Class<?> type, Observation seen) {
        return switch (seen.kind()) {
            case ARRAY -> type == void.class ? List.of() : type(type.arrayType());
            case SERIALIZABLE -> Serializable.class.isAssignableFrom(type) && !type.isArray()
                ? flag(type, "serializable") : List.of();
            case ALLOCATED -> flag(type, "unsafeAllocated");
            case SERVICE -> List.of(Fact.resource(null, "META-INF/services/" + type.getName()));
            default -> seen.name() == null ? type(type) : lookup(type, seen);
        };
    }

    private static List<Fact> lookup(Class<?> type, Observation seen) {
        try {
            Member found = find(type, seen);
            return isOfHandle(seen) ? member(found)
                : Stream.of(type(found.getDeclaringClass()), type(type)).flatMap(List::stream).toList();
        } catch (NoSuchFieldException e) {
            return ifNamed(type, json -> Fact.field(json, seen.name()));
        } catch (NoSuchMethodException e) {
            return ifNamed(type, json -> Fact.method(json, seen.name(), seen.types()));
        } catch (LinkageError e) {
            return type(type);
        }
    }

    private static boolean isOfHandle(Observation seen) {
        return seen.kind() == Observation.Kind.METHOD_OF_HANDLE || seen.kind() == Observation.Kind.FIELD_OF_HANDLE;
    }

    private static Member find(Class<?> type, Observation seen) throws NoSuchFieldException, NoSuchMethodException {
        Class<?>[] parameters = seen.types().toArray(Class<?>[]::new);
        return switch (seen.kind()) {
            case PUBLIC_FIELD -> type.getField(seen.name());
            case DECLARED_FIELD -> type.getDeclaredField(seen.name());
            case FIELD_OF_HANDLE -> inherited(type, each -> each.getDeclaredField(seen.name()));
            case PUBLIC_METHOD -> type.getMethod(seen.name(), parameters);
            case DECLARED_METHOD -> type.getDeclaredMethod(seen.name(), parameters);
            default -> seen.name().equals(CONSTRUCTOR)
                ? type.getDeclaredConstructor(parameters)
                : method(type, seen.name(), parameters);
        };
    }

    private static Member method(Class<?> type, String name, Class<?>[] parameters)
            throws NoSuchFieldException, NoSuchMethodException {
        if (type == MethodHandle.class || type == VarHandle.class) {
            return type.getMethod(name, Object[].class);
        }
        try {
            return type.getMethod(name, parameters);
        } catch (NoSuchMethodException e) {
            return inherited(type, each -> each.getDeclaredMethod(name, parameters));
        }
    }

    /** Looks for a member of one class. */
    private interface Lookup {
        Member in(Class<?> type) throws NoSuchFieldException, NoSuchMethodException;
    }

    private static Member inherited(Class<?> type, Lookup lookup) throws NoSuchFieldException, NoSuchMethodException {
        try {
            return lookup.in(type);
        } catch (NoSuchFieldException | NoSuchMethodException e) {
            if (type.getSuperclass() == null) {
                throw e;
            }
            return inherited(type.getSuperclass(), lookup);
        }
    }

    private static List<Fact> member(Member member) {
        return ifNamed(member.getDeclaringClass(), json -> switch (member) {
            case Method method -> Fact.method(json, method.getName(), Arrays.asList(method.getParameterTypes()));
            case Constructor<?> made -> Fact.method(json, CONSTRUCTOR, Arrays.asList(made.getParameterTypes()));
            case Field field -> Fact.field(json, field.getName());
            default -> Fact.type(json);
        });
    }

    private static List<Fact> proxy(List<Class<?>> interfaces) {
        return interfaces.stream().anyMatch(Objects::isNull) ? List.of()
            : List.of(Fact.method(Types.proxy(interfaces), CONSTRUCTOR, List.of(InvocationHandler.class)));
    }

    private static List<Fact> type(Object subject) {
        String json = subject instanceof Class<?> type ? Types.json(type) : Types.json((String) subject);
        return json == null ? List.of() : List.of(Fact.type(json));
    }

    private static List<Fact> flag(Class<?> type, String flag) {
        return ifNamed(type, json -> Fact.flag(json, flag));
    }

    private static List<Fact> ifNamed(Class<?> type, Function<String, Fact> fact) {
        String json = Types.json(type);
        return json == null ? List.of() : List.of(fact.apply(json));
    }

    private static Fact resource(Object owner, String name) {
        return switch (owner) {
            case Class<?> type -> Fact.resource(type.getModule().getName(), ofPackage(type, name));
            case Module module -> Fact.resource(module.getName(), stripped(name));
            default -> Fact.resource(null, name);
        };
    }

    private static String ofPackage(Class<?> type, String name) {
        if (name.startsWith("/")) {
            return stripped(name);
        }
        String folder = type.getPackageName().replace('.', '/');
        return folder.isEmpty() ? name : folder + "/" + name;
    }

    private static String stripped(String name) {
        return name.startsWith("/") ? name.substring(1) : name;
    }
}
