// SPDX-License-Identifier: Apache-2.0
// The functions of HotSpot's libjvm that the JDK's static libraries name but a native executable does not reach:
// the builder replaces the Java methods above them. The linker keeps an object file's references even where
// its code is not used, so the names must exist. Whoever arrives at one gets its name and a core dump rather
// than a silent wrong answer.
//
// The list is the undefined JVM_ symbols of the static libraries of JDK 25 without those of jvm.h:
//   nm -u lib/static/linux-*/glibc/*.a | grep -o 'JVM_[A-Za-z0-9_]*' | sort -u
#include <stdio.h>
#include <stdlib.h>

// JVM_EnsureMaterializedForStackWalk_func is a name like the others, "_func" included.
#define UNREACHABLE_FUNCTIONS(FUNCTION) \
    FUNCTION(AddModuleExports) FUNCTION(AddModuleExportsToAll) FUNCTION(AddModuleExportsToAllUnnamed) \
    FUNCTION(AddReadsModule) FUNCTION(AreNestMates) FUNCTION(ArrayCopy) FUNCTION(AssertionStatusDirectives) \
    FUNCTION(CallStackWalk) FUNCTION(ConstantPoolGetClassAt) FUNCTION(ConstantPoolGetClassAtIfLoaded) \
    FUNCTION(ConstantPoolGetClassRefIndexAt) FUNCTION(ConstantPoolGetDoubleAt) \
    FUNCTION(ConstantPoolGetFieldAt) FUNCTION(ConstantPoolGetFieldAtIfLoaded) \
    FUNCTION(ConstantPoolGetFloatAt) FUNCTION(ConstantPoolGetIntAt) FUNCTION(ConstantPoolGetLongAt) \
    FUNCTION(ConstantPoolGetMemberRefInfoAt) FUNCTION(ConstantPoolGetMethodAt) \
    FUNCTION(ConstantPoolGetMethodAtIfLoaded) FUNCTION(ConstantPoolGetNameAndTypeRefIndexAt) \
    FUNCTION(ConstantPoolGetNameAndTypeRefInfoAt) FUNCTION(ConstantPoolGetSize) \
    FUNCTION(ConstantPoolGetStringAt) FUNCTION(ConstantPoolGetTagAt) FUNCTION(ConstantPoolGetUTF8At) \
    FUNCTION(CreateThreadSnapshot) FUNCTION(CurrentCarrierThread) FUNCTION(CurrentThread) \
    FUNCTION(DefineArchivedModules) FUNCTION(DefineClassWithSource) FUNCTION(DefineModule) \
    FUNCTION(DesiredAssertionStatus) FUNCTION(DumpClassListToFile) FUNCTION(DumpDynamicArchive) \
    FUNCTION(DumpThreads) FUNCTION(EnsureMaterializedForStackWalk_func) FUNCTION(ExpandStackFrameInfo) \
    FUNCTION(FillInStackTrace) FUNCTION(FindClassFromBootLoader) FUNCTION(FindClassFromCaller) \
    FUNCTION(FindClassFromClass) FUNCTION(FindLoadedClass) FUNCTION(FindPrimitiveClass) \
    FUNCTION(FindScopedValueBindings) FUNCTION(FindSignal) FUNCTION(FreeMemory) FUNCTION(GC) \
    FUNCTION(GetAllThreads) FUNCTION(GetAndClearReferencePendingList) FUNCTION(GetArrayElement) \
    FUNCTION(GetArrayLength) FUNCTION(GetCDSConfigStatus) FUNCTION(GetCPClassNameUTF) \
    FUNCTION(GetCPFieldClassNameUTF) FUNCTION(GetCPFieldModifiers) FUNCTION(GetCPFieldSignatureUTF) \
    FUNCTION(GetCPMethodClassNameUTF) FUNCTION(GetCPMethodModifiers) FUNCTION(GetCPMethodNameUTF) \
    FUNCTION(GetCPMethodSignatureUTF) FUNCTION(GetCallerClass) FUNCTION(GetClassAccessFlags) \
    FUNCTION(GetClassAnnotations) FUNCTION(GetClassCPEntriesCount) FUNCTION(GetClassCPTypes) \
    FUNCTION(GetClassConstantPool) FUNCTION(GetClassDeclaredConstructors) FUNCTION(GetClassDeclaredFields) \
    FUNCTION(GetClassDeclaredMethods) FUNCTION(GetClassFieldsCount) FUNCTION(GetClassFileVersion) \
    FUNCTION(GetClassInterfaces) FUNCTION(GetClassMethodsCount) FUNCTION(GetClassNameUTF) \
    FUNCTION(GetClassSignature) FUNCTION(GetClassTypeAnnotations) FUNCTION(GetDeclaredClasses) \
    FUNCTION(GetDeclaringClass) FUNCTION(GetEnclosingMethodInfo) FUNCTION(GetExtendedNPEMessage) \
    FUNCTION(GetFieldIxModifiers) FUNCTION(GetFieldTypeAnnotations) FUNCTION(GetManagement) \
    FUNCTION(GetMethodIxArgsSize) FUNCTION(GetMethodIxByteCode) FUNCTION(GetMethodIxByteCodeLength) \
    FUNCTION(GetMethodIxExceptionIndexes) FUNCTION(GetMethodIxExceptionTableEntry) \
    FUNCTION(GetMethodIxExceptionTableLength) FUNCTION(GetMethodIxExceptionsCount) \
    FUNCTION(GetMethodIxLocalsCount) FUNCTION(GetMethodIxMaxStack) FUNCTION(GetMethodIxModifiers) \
    FUNCTION(GetMethodIxNameUTF) FUNCTION(GetMethodIxSignatureUTF) FUNCTION(GetMethodParameters) \
    FUNCTION(GetMethodTypeAnnotations) FUNCTION(GetNanoTimeAdjustment) FUNCTION(GetNestHost) \
    FUNCTION(GetNestMembers) FUNCTION(GetNextThreadIdOffset) FUNCTION(GetPermittedSubclasses) \
    FUNCTION(GetPrimitiveArrayElement) FUNCTION(GetProperties) FUNCTION(GetRandomSeedForDumping) \
    FUNCTION(GetRecordComponents) FUNCTION(GetSimpleBinaryName) FUNCTION(GetStackTrace) \
    FUNCTION(GetSystemPackage) FUNCTION(GetSystemPackages) FUNCTION(GetVmArguments) \
    FUNCTION(HasReferencePendingList) FUNCTION(HoldsLock) FUNCTION(IHashCode) FUNCTION(InitAgentProperties) \
    FUNCTION(InitClassName) FUNCTION(InitStackTraceElement) FUNCTION(InitStackTraceElementArray) \
    FUNCTION(InitializeFromArchive) FUNCTION(InternString) FUNCTION(Interrupt) FUNCTION(InvokeMethod) \
    FUNCTION(IsConstructorIx) FUNCTION(IsContainerized) FUNCTION(IsContinuationsSupported) \
    FUNCTION(IsFinalizationEnabled) FUNCTION(IsForeignLinkerSupported) FUNCTION(IsHiddenClass) \
    FUNCTION(IsInterface) FUNCTION(IsPreviewEnabled) FUNCTION(IsRecord) FUNCTION(IsSameClassPackage) \
    FUNCTION(IsSupportedJNIVersion) FUNCTION(IsUseContainerSupport) FUNCTION(IsVMGeneratedMethodIx) \
    FUNCTION(LatestUserDefinedLoader) FUNCTION(LoadLibrary) FUNCTION(LoadZipLibrary) \
    FUNCTION(LogLambdaFormInvoker) FUNCTION(LookupDefineClass) FUNCTION(LookupLambdaProxyClassFromArchive) \
    FUNCTION(MaxMemory) FUNCTION(MaxObjectInspectionAge) FUNCTION(MoreStackWalk) \
    FUNCTION(NeedsClassInitBarrierForCDS) FUNCTION(NewArray) FUNCTION(NewInstanceFromConstructor) \
    FUNCTION(NewMultiArray) FUNCTION(PhantomReferenceRefersTo) FUNCTION(PrintWarningAtDynamicAgentLoad) \
    FUNCTION(RaiseSignal) FUNCTION(ReferenceClear) FUNCTION(ReferenceRefersTo) \
    FUNCTION(RegisterContinuationMethods) FUNCTION(RegisterLambdaProxyClassForArchiving) \
    FUNCTION(RegisterSignal) FUNCTION(ReleaseUTF) FUNCTION(ReportFinalizationComplete) \
    FUNCTION(ScopedValueCache) FUNCTION(SetArrayElement) FUNCTION(SetBootLoaderUnnamedModule) \
    FUNCTION(SetCurrentThread) FUNCTION(SetNativeThreadName) FUNCTION(SetPrimitiveArrayElement) \
    FUNCTION(SetScopedValueCache) FUNCTION(SetStackWalkContinuation) FUNCTION(SetThreadPriority) \
    FUNCTION(SleepNanos) FUNCTION(StartThread) FUNCTION(TakeVirtualThreadListToUnblock) \
    FUNCTION(TotalMemory) FUNCTION(UnloadLibrary) FUNCTION(VirtualThreadDisableSuspend) \
    FUNCTION(VirtualThreadEnd) FUNCTION(VirtualThreadMount) FUNCTION(VirtualThreadPinnedEvent) \
    FUNCTION(VirtualThreadStart) FUNCTION(VirtualThreadUnmount) FUNCTION(WaitForReferencePendingList) \
    FUNCTION(Yield)

static _Noreturn void report_and_abort(const char *name) {
    fprintf(stderr, "Fatal: %s of libjvm was called, which native executables do not have.\n", name);
    abort();
}

// Arguments do not matter to a function that never looks at them nor returns.
#define DEFINE_UNREACHABLE(name) \
    _Noreturn void JVM_##name(void); \
    _Noreturn void JVM_##name(void) { \
        report_and_abort("JVM_" #name); \
    }

UNREACHABLE_FUNCTIONS(DEFINE_UNREACHABLE)
