namespace Wallet.Tests.Fuzz;

/// <summary>One way to make a request odd.</summary>
/// <param name="Name">What it does, for the report.</param>
/// <param name="Apply">Does it; gives null where the request has nothing that it could be done to.</param>
internal sealed record Mutation(string Name, Func<FuzzRequest, MutationContext, FuzzRequest?> Apply)
{
    public static IReadOnlyList<Mutation> All { get; } = [.. BodyMutations.All, .. HeaderMutations.All, .. AddressMutations.All];
}

/// <param name="Random">Decides.</param>
/// <param name="Description">The API.</param>
/// <param name="Known">Values to put in.</param>
/// <param name="Users">Who else could ask.</param>
internal sealed record MutationContext(Random Random, ApiDescription Description, KnownValues Known, IReadOnlyList<FuzzUser> Users)
{
    public T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];
}
