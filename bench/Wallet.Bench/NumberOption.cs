using System.CommandLine;
using System.Numerics;

namespace Wallet.Bench;

/// <summary>An option that is a number.</summary>
internal static class NumberOption
{
    /// <param name="name">With its dashes.</param>
    /// <param name="value">What it is where it is not given.</param>
    /// <param name="least">The smallest that makes sense.</param>
    /// <param name="description">For the help.</param>
    public static Option<T> Create<T>(string name, T value, T least, string description) where T : INumber<T>
    {
        var option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() < least)
                result.AddError($"{name} must be at least {least}.");
        });
        return option;
    }
}
